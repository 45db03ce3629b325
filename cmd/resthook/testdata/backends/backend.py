"""A backend that checks signatures, and answers with the digest of what it got."""
import base64, hashlib, hmac, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

key = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))


class Backend(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        text = f"{self.headers['Webhook-Id']}.{self.headers['Webhook-Timestamp']}.".encode() + body
        sum = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
        fits = hmac.compare_digest(f"v1,{sum}", self.headers["Webhook-Signature"] or "")
        answer = b'{ "backend" : "python",\n"name":"\\u00e9" }'
        self.send_response(200 if fits else 403)
        self.send_header("X-Digest", hashlib.sha256(body).hexdigest())
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Backend)
print(server.server_port, flush=True)
server.serve_forever()

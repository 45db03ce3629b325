"""A backend on Python's http.server: python3 backend.py HTTP/1.0 (or HTTP/1.1)

/echo/METHOD mirrors, /rest/METHOD is an application, /signed/METHOD wants the
WCS hash. In HTTP/1.0 an answer has no length: the end of the connection ends
it. In HTTP/1.1 the connection is kept.
"""

import hashlib
import hmac
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "geheim-ключ".encode()
POLICY = {
    "publishStream": {"restPolicy": "OVERWRITE", "restOverwrite": "name", "restOnError": "FAIL"},
    "playStream": {"restOnError": "FAIL"},
}


class Hooks(BaseHTTPRequestHandler):
    protocol_version = sys.argv[1]
    disable_nagle_algorithm = True  # or each answer on a kept connection takes 40 ms

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        hook = json.loads(body)
        _, base, method = self.path.split("/")
        if base == "signed":
            wanted = "WCS " + hmac.new(KEY, body, hashlib.md5).hexdigest()
            if not hmac.compare_digest(wanted, self.headers.get("Authorization", "")):
                return self.send_error(403)
        elif base == "rest" and method == "connect":
            if hook.get("custom", {}).get("token") != "secret":
                return self.send_error(403)
            hook["restClientConfig"] = POLICY
        elif base == "rest" and method == "publishStream":
            hook["name"] = "live/" + hook["name"]
        elif base == "rest" and not method.endswith("Event"):
            return self.send_error(404)
        self.answer(json.dumps(hook).encode())

    def answer(self, body):
        self.send_response(200)
        if self.protocol_version == "HTTP/1.1":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128  # 5 as it comes: a burst of hooks would wait a second


server = Server(("127.0.0.1", 0), Hooks)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()

// A backend that checks signatures, and answers with the digest of what it got.
const { createHash, createHmac } = require("node:crypto");
const { createServer } = require("node:http");

const key = Buffer.from(process.env.SECRET.replace("whsec_", ""), "base64");

const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const body = Buffer.concat(parts);
    const hmac = createHmac("sha256", key).update(`${request.headers["webhook-id"]}.${request.headers["webhook-timestamp"]}.`).update(body);
    const fits = `v1,${hmac.digest("base64")}` === request.headers["webhook-signature"];
    response.writeHead(fits ? 200 : 403, { "X-Digest": createHash("sha256").update(body).digest("hex") });
    response.write('{ "backend" : "node",'); // in two chunks
    response.end('\n"name":"\\u00e9" }');
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));

// A backend on Express: node app.js
//
// /echo/METHOD mirrors, /rest/METHOD is an application, /signed/METHOD wants
// the WCS hash. JavaScript has one type of number, so that whole ones beyond
// 2^53 come back rounded.
const { createHmac } = require('node:crypto');
const express = require('express');

const app = express();
app.use(express.json({ limit: '1mb', verify: (req, res, body) => { req.raw = body; } }));

const mirror = (req, res) => res.json(req.body);

app.post('/echo/:method', mirror);

app.post('/signed/:method', (req, res) => {
  const hash = createHmac('md5', 'geheim-ключ').update(req.raw).digest('hex');
  if (req.get('Authorization') !== `WCS ${hash}`) return res.sendStatus(403);
  mirror(req, res);
});

app.post('/rest/connect', (req, res) => {
  if (req.body.custom?.token !== 'secret') return res.sendStatus(403);
  res.json({
    ...req.body,
    restClientConfig: {
      publishStream: { restPolicy: 'OVERWRITE', restOverwrite: 'name', restOnError: 'FAIL' },
      playStream: { restOnError: 'FAIL' },
    },
  });
});

app.post('/rest/publishStream', (req, res) => res.json({ ...req.body, name: `live/${req.body.name}` }));
app.post(/^\/rest\/\w+Event$/, mirror);

const server = app.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
server.keepAliveTimeout = 60_000; // 5 s as it comes

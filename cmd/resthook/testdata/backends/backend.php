<?php
// A backend that checks signatures, and answers with the digest of what it got.
$body = file_get_contents('php://input');
$key = base64_decode(str_replace('whsec_', '', getenv('SECRET')));
$text = $_SERVER['HTTP_WEBHOOK_ID'] . '.' . $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] . '.' . $body;
$sum = base64_encode(hash_hmac('sha256', $text, $key, true));
http_response_code(hash_equals("v1,$sum", $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') ? 200 : 403);
header('X-Digest: ' . hash('sha256', $body));
echo '{ "backend" : "php",', "\n", '"name":"\u00e9" }';

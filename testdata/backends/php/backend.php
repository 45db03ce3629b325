<?php
// A backend in plain PHP: php -S 127.0.0.1:0 backend.php
//
// /echo/METHOD mirrors, /rest/METHOD is an application, /signed/METHOD wants
// the WCS hash. json_decode and json_encode as most scripts use them: {} comes
// back as [], a slash as \/, and 9223372036854775808 as 9.2233720368547758e+18.
[, $base, $method] = explode('/', $_SERVER['REQUEST_URI']);
$body = file_get_contents('php://input');
$hook = json_decode($body, true);

if ($base === 'signed') {
    $hash = 'WCS ' . hash_hmac('md5', $body, 'geheim-ключ');
    if (!hash_equals($hash, $_SERVER['HTTP_AUTHORIZATION'] ?? '')) {
        http_response_code(403);
        exit;
    }
} elseif ($base === 'rest' && $method === 'connect') {
    if (($hook['custom']['token'] ?? '') !== 'secret') {
        http_response_code(403);
        exit;
    }
    $hook['restClientConfig'] = [
        'publishStream' => ['restPolicy' => 'OVERWRITE', 'restOverwrite' => 'name', 'restOnError' => 'FAIL'],
        'playStream' => ['restOnError' => 'FAIL'],
    ];
} elseif ($base === 'rest' && $method === 'publishStream') {
    $hook['name'] = 'live/' . $hook['name'];
} elseif ($base === 'rest' && !str_ends_with($method, 'Event')) {
    http_response_code(404);
    exit;
}
header('Content-Type: application/json');
echo json_encode($hook);

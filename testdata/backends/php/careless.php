<?php
// A backend that means to refuse foreign origins, on a server that shows PHP's
// notices: the first one is sent, with status 200, before the 403 can be.
$hook = json_decode(file_get_contents('php://input'), true);
$host = end(explode('/', $hook['origin']));
if ($host !== 'app.example') {
    http_response_code(403);
    exit;
}
header('Content-Type: application/json');
echo json_encode($hook);

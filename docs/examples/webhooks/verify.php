<?php
// Verify a notice of Gangway (Standard Webhooks 1.0). PHP 7.4 or newer, nothing else.
//
// As a program: php verify.php SECRET < request.json prints the type of a good notice, or fails.

const TOLERANCE = 300; // seconds

/**
 * The notice, if it is genuine and not stale; throws otherwise.
 *
 * $body is the raw body, file_get_contents('php://input'); $headers have names in lower case,
 * array_change_key_case(getallheaders(), CASE_LOWER).
 */
function verify(string $body, array $headers, string $secret): array
{
    [$id, $stamp] = [$headers['webhook-id'], $headers['webhook-timestamp']];
    if (abs(time() - (int) $stamp) > TOLERANCE) {
        throw new RuntimeException('too old, or from the future');
    }
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret), true);
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$stamp.$body", $key, true));
    // While a secret is changed there are two signatures, one of them with yours.
    foreach (explode(' ', $headers['webhook-signature']) as $offered) {
        if (hash_equals($expected, $offered)) {
            return json_decode($body, true, 64, JSON_THROW_ON_ERROR);
        }
    }
    throw new RuntimeException('wrong signature');
}

if (PHP_SAPI === 'cli' && realpath($argv[0]) === __FILE__) {
    $request = json_decode(stream_get_contents(STDIN), true, 64, JSON_THROW_ON_ERROR);
    echo verify($request['body'], $request['headers'], $argv[1])['type'], "\n";
}

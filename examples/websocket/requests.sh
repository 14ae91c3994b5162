# Sign up, and log in; the cookies go into a file.
curl -w ' [%{http_code}]\n' http://HOST/register -H 'Content-Type: application/json' \
  -d '{"email": "ada@example.com", "username": "ada", "password": "a very long engine"}'
curl -w ' [%{http_code}]\n' -c cookies.txt http://HOST/login \
  -d username=ada --data-urlencode 'password=a very long engine'

# What a page of another site would have the browser send: refused, though the cookies are right.
curl -w ' [%{http_code}]\n' -b cookies.txt http://HOST/chat -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
  -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' -H 'Origin: https://evil.example'

# And nobody has no socket.
curl -w ' [%{http_code}]\n' http://HOST/chat -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
  -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='

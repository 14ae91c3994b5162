# Sign up, and log in.
curl -w ' [%{http_code}]\n' http://HOST/register -H 'Content-Type: application/json' \
  -d '{"email": "ada@example.com", "username": "ada", "password": "a very long engine"}'
curl -w ' [%{http_code}]\n' -c cookies.txt http://HOST/login \
  -d username=ada --data-urlencode 'password=a very long engine'

# Make a key. It is shown once, and goes into a file here.
curl -w ' [%{http_code}]\n' -b cookies.txt -X POST -o key.txt http://HOST/keys \
  -H "X-CSRF-Token: $(awk '/csrf_token/ {print $7}' cookies.txt)"

# With the key, and no cookie; a wrong key; a session where a key is asked for.
curl -w ' [%{http_code}]\n' -H "X-API-Key: $(cat key.txt)" http://HOST/dashboard
curl -w ' [%{http_code}]\n' -H "X-API-Key: $(cat key.txt)" http://HOST/export
curl -w ' [%{http_code}]\n' -H 'X-API-Key: key_of_nobody' http://HOST/export
curl -w ' [%{http_code}]\n' -b cookies.txt http://HOST/export

# Revoke it.
curl -w ' [%{http_code}]\n' -b cookies.txt -X DELETE http://HOST/keys \
  -H "X-CSRF-Token: $(awk '/csrf_token/ {print $7}' cookies.txt)"
curl -w ' [%{http_code}]\n' -H "X-API-Key: $(cat key.txt)" http://HOST/export

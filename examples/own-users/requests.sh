# Sign up. A name is free once.
curl -w ' [%{http_code}]\n' http://HOST/register -H 'Content-Type: application/json' \
  -d '{"email": "ada@example.com", "username": "ada", "password": "a very long engine"}'
curl -w ' [%{http_code}]\n' http://HOST/register -H 'Content-Type: application/json' \
  -d '{"email": "eve@example.com", "username": "ada", "password": "a very long engine"}'

# Log in; the cookies go into a file.
curl -w ' [%{http_code}]\n' -c cookies.txt http://HOST/login \
  -d username=ada --data-urlencode 'password=a very long engine'
curl -w ' [%{http_code}]\n' -b cookies.txt http://HOST/dashboard

# Change the password.
curl -w ' [%{http_code}]\n' -b cookies.txt -c cookies.txt http://HOST/change-password \
  -H "X-CSRF-Token: $(awk '/csrf_token/ {print $7}' cookies.txt)" -H 'Content-Type: application/json' \
  -d '{"current_password": "a very long engine", "new_password": "an even longer engine"}'

# Log out, and be nobody again.
curl -w ' [%{http_code}]\n' -b cookies.txt -c cookies.txt -X POST http://HOST/logout \
  -H "X-CSRF-Token: $(awk '/csrf_token/ {print $7}' cookies.txt)"
curl -w ' [%{http_code}]\n' -b cookies.txt http://HOST/dashboard

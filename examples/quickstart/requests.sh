# Sign up.
curl -w ' [%{http_code}]\n' http://HOST/register -H 'Content-Type: application/json' \
  -d '{"email": "ada@example.com", "username": "ada", "password": "a very long engine", "full_name": "Ada Lovelace", "is_superuser": true}'

# Log in; the cookies go into a file.
curl -w ' [%{http_code}]\n' -c cookies.txt http://HOST/login \
  -d username=ada --data-urlencode 'password=a very long engine'

# Who am I? Not a superuser, whatever the sign-up said.
curl -w ' [%{http_code}]\n' -b cookies.txt http://HOST/me

# A route for users, and one for superusers.
curl -w ' [%{http_code}]\n' -b cookies.txt http://HOST/dashboard
curl -w ' [%{http_code}]\n' -b cookies.txt http://HOST/admin

# A change needs the CSRF token: without it, and with it.
curl -w ' [%{http_code}]\n' -b cookies.txt http://HOST/notes -d 'buy milk'
curl -w ' [%{http_code}]\n' -b cookies.txt http://HOST/notes -d 'buy milk' \
  -H "X-CSRF-Token: $(awk '/csrf_token/ {print $7}' cookies.txt)"

# Log out, and be nobody again.
curl -w ' [%{http_code}]\n' -b cookies.txt -c cookies.txt -X POST http://HOST/logout \
  -H "X-CSRF-Token: $(awk '/csrf_token/ {print $7}' cookies.txt)"
curl -w ' [%{http_code}]\n' -b cookies.txt http://HOST/me

# Sign up.
curl -sS -w ' [%{http_code}]\n' http://HOST/register -H 'Content-Type: application/json' -d '{"email": "ada@example.com", "username": "ada", "password": "a very long engine", "full_name": "Ada Lovelace", "is_superuser": true}'

# Log in; the cookies go into a file.
curl -sS -w ' [%{http_code}]\n' -c cookies.txt http://HOST/login -d username=ada --data-urlencode 'password=a very long engine'

# Who am I? Not a superuser, whatever the sign-up said.
curl -sS -w ' [%{http_code}]\n' -b cookies.txt http://HOST/me

# A gated route, and one whose gate is closed.
curl -sS -w ' [%{http_code}]\n' -b cookies.txt http://HOST/dashboard
curl -sS -w ' [%{http_code}]\n' -b cookies.txt http://HOST/admin

# A change without the CSRF token is refused; with the token it passes.
curl -sS -w ' [%{http_code}]\n' -b cookies.txt http://HOST/notes -H 'Content-Type: text/plain' -d 'buy milk'
curl -sS -w ' [%{http_code}]\n' -b cookies.txt http://HOST/notes -H 'Content-Type: text/plain' -d 'buy milk' -H "X-CSRF-Token: $(awk '$6 == "csrf_token" { print $7 }' cookies.txt)"

# Log out, and be nobody again.
curl -sS -w ' [%{http_code}]\n' -b cookies.txt -c cookies.txt -X POST http://HOST/logout -H "X-CSRF-Token: $(awk '$6 == "csrf_token" { print $7 }' cookies.txt)"
curl -sS -w ' [%{http_code}]\n' -b cookies.txt http://HOST/me

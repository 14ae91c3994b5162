# Sign up on /. The answer is the same for an address that is taken; the rest is in the mail.
curl -w ' [%{http_code}]\n' http://HOST/register -H 'Content-Type: application/json' \
  -d '{"email": "ada@example.com", "username": "ada", "password": "a very long engine", "locale": "fr"}'

# Log in, and be seen by one's session. The gates of the application let some pass.
curl -w ' [%{http_code}]\n' -c ada.txt http://HOST/login \
  -d username=ada --data-urlencode 'password=a very long engine'
curl -w ' [%{http_code}]\n' -b ada.txt http://HOST/dashboard
curl -w ' [%{http_code}]\n' -b ada.txt http://HOST/french
curl -w ' [%{http_code}]\n' -b ada.txt http://HOST/verified

# What is dangerous asks for the password again.
curl -w ' [%{http_code}]\n' -b ada.txt -X POST http://HOST/danger \
  -H "X-CSRF-Token: $(awk '/csrf_token/ {print $7}' ada.txt)"
curl -w ' [%{http_code}]\n' -b ada.txt -c ada.txt http://HOST/sudo -H 'Content-Type: application/json' \
  -H "X-CSRF-Token: $(awk '/csrf_token/ {print $7}' ada.txt)" -d '{"password": "a very long engine"}'
curl -w ' [%{http_code}]\n' -b ada.txt -X POST http://HOST/danger \
  -H "X-CSRF-Token: $(awk '/csrf_token/ {print $7}' ada.txt)"

# Tokens for a program, which sends `Authorization: Bearer ..`; /reports asks for this scope.
curl -w ' [%{http_code}]\n' http://HOST/token -d username=ada \
  --data-urlencode 'password=a very long engine' -d scope=reports:read

# The same account on /tuned: no session there yet; and new passwords must be better.
curl -w ' [%{http_code}]\n' -b ada.txt http://HOST/tuned/dashboard
curl -w ' [%{http_code}]\n' -c tuned.txt http://HOST/tuned/login \
  -d username=ada --data-urlencode 'password=a very long engine'
curl -w ' [%{http_code}]\n' -b tuned.txt http://HOST/tuned/dashboard
curl -w ' [%{http_code}]\n' http://HOST/tuned/register -H 'Content-Type: application/json' \
  -d '{"email": "grace@example.com", "username": "grace", "password": "Grace likes 1 ship"}'

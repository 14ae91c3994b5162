# Log in with a password from the old application, and see whose session it is.
curl -w ' [%{http_code}]\n' -c grace.txt http://HOST/login \
  -d username=grace@example.com --data-urlencode 'password=compilers are fun'
curl -w ' [%{http_code}]\n' -b grace.txt http://HOST/me

# Grace is an administrator: her own hash has been renewed, the others wait for their owners.
curl -w ' [%{http_code}]\n' -b grace.txt http://HOST/admin/hashes

# A disabled account has the right password and the same answer as a wrong one.
curl -w ' [%{http_code}]\n' http://HOST/login \
  -d username=mallory@example.com --data-urlencode 'password=no longer welcome'

# Sign up. What the server decides cannot be sent.
curl -w ' [%{http_code}]\n' http://HOST/register -H 'Content-Type: application/json' \
  -d '{"email": "ada@example.com", "password": "a very long engine", "full_name": "Ada Lovelace", "tier_id": 2, "is_admin": true}'
curl -w ' [%{http_code}]\n' -c ada.txt http://HOST/login \
  -d username=ada@example.com --data-urlencode 'password=a very long engine'
curl -w ' [%{http_code}]\n' -b ada.txt http://HOST/tier

# Gates: a confirmed address for the reports; for the hashes, an administrator who has one.
curl -w ' [%{http_code}]\n' -b ada.txt http://HOST/reports
curl -w ' [%{http_code}]\n' -b grace.txt http://HOST/reports
curl -w ' [%{http_code}]\n' -b ada.txt http://HOST/admin/hashes

# Log out, and in again: the same password, now under the new hash.
curl -w ' [%{http_code}]\n' -b grace.txt -c grace.txt -X POST http://HOST/logout \
  -H "X-CSRF-Token: $(awk '/csrf_token/ {print $7}' grace.txt)"
curl -w ' [%{http_code}]\n' -c grace.txt http://HOST/login \
  -d username=grace@example.com --data-urlencode 'password=compilers are fun'

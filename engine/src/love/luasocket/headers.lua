-- socket.headers: how the names of header lines are written.
local headers = { canonic = {} }
for name in string.gmatch(
  "Accept Accept-Charset Accept-Encoding Accept-Language Accept-Ranges Age Allow Authorization Cache-Control Connection "
    .. "Content-Encoding Content-Language Content-Length Content-Location Content-MD5 Content-Range Content-Type Cookie Date "
    .. "ETag Expect Expires From Host If-Match If-Modified-Since If-None-Match If-Range If-Unmodified-Since Last-Modified "
    .. "Location Max-Forwards Pragma Proxy-Authenticate Proxy-Authorization Range Referer Retry-After Server Set-Cookie TE "
    .. "Trailer Transfer-Encoding Upgrade User-Agent Vary Via Warning WWW-Authenticate",
  "%S+"
) do
  headers.canonic[string.lower(name)] = name
end
return headers

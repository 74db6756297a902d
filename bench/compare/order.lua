-- The POST of 1 KB of JSON: 14 items and padding make 1,024 bytes.
local items = {}
for i = 1, 14 do
  items[i] = string.format('{"sku":"item-%04d","quantity":%d,"price":%d}', i, i % 9 + 1, 1000 + i)
end
local body = '{"id":12345,"customer":"ada@example.com","items":[' .. table.concat(items, ",") .. '],"note":"%s"}'
body = body:format(string.rep("n", 1024 - (#body - 2)))
wrk.method = "POST"
wrk.body = body
wrk.headers["Content-Type"] = "application/json"

-- Closed-loop load for wrk: every request with the next partner's key, POSTs with a fresh
-- Idempotency-Key and body. Arguments: the file of keys, a name of this run, POST or GET.
local keys, headers = {}, {}
local sent, run, method = 0, "", "GET"

function init(args)
  for key in io.lines(args[1]) do keys[#keys + 1] = key end
  run, method = args[2], args[3]
  math.randomseed(os.time())
  sent = math.random(#keys)  -- runs begin with different partners
end

function request()
  sent = sent + 1
  headers["x-api-key"] = keys[sent % #keys + 1]
  if method == "GET" then return wrk.format("GET", nil, headers) end
  headers["Content-Type"] = "application/json"
  headers["Idempotency-Key"] = run .. "-" .. sent
  return wrk.format("POST", nil, headers,
    '{"product_id": 106, "quantity": ' .. (sent % 3 + 1) .. '}')
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "longest": %d, ' ..
    '"refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    latency.max, e.status, e.connect + e.read + e.write + e.timeout))
end

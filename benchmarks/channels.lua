-- Closed-loop orders for wrk: each request with the next caller's header and the next product.
-- Arguments: a file of headers ("x-api-key: …"), a name of this run, product ids "106,107".
local names, values, products, headers = {}, {}, {}, {["Content-Type"] = "application/json"}
local sent, run = 0, ""

function init(args)
  for line in io.lines(args[1]) do
    local name, value = line:match("^(%S+): (.+)$")
    names[#names + 1], values[#values + 1] = name, value
  end
  run = args[2]
  for id in args[3]:gmatch("%d+") do products[#products + 1] = id end
end

function request()
  sent = sent + 1
  local caller = sent % #names + 1
  headers[names[caller]] = values[caller]
  headers["Idempotency-Key"] = run .. "-" .. sent
  return wrk.format("POST", nil, headers,
    '{"product_id": ' .. products[sent % #products + 1] .. ', "quantity": 1}')
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "longest": %d, ' ..
    '"refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    latency.max, e.status, e.connect + e.read + e.write + e.timeout))
end

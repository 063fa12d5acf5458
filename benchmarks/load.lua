-- Closed-loop load for wrk: every request with the next key, and what is written new each time.
-- Arguments: the folder of the files below, a name of this run, and which call.
--   partners  a key and a ticket code in each line
--   scanners  a key in each line
--   qrs       a printed QR in each line
local partners, codes, scanners, qrs, headers = {}, {}, {}, {}, {}
local sent, run, ask = 0, "", nil

local function asked_by_partner(n)
  headers["x-api-key"] = partners[n % #partners + 1]
end

local calls = {}

function calls.read(n)
  asked_by_partner(n)
  return wrk.format("GET", nil, headers)
end

function calls.reserve(n)
  asked_by_partner(n)
  headers["Content-Type"] = "application/json"
  headers["Idempotency-Key"] = run .. "-" .. n
  return wrk.format("POST", nil, headers,
    '{"product_id": 106, "quantity": ' .. (n % 3 + 1) .. '}')
end

function calls.qr(n)
  asked_by_partner(n)
  return wrk.format("POST", "/qr/" .. codes[n % #partners + 1], headers)
end

function calls.scan(n)
  headers["x-scanner-key"] = scanners[n % #scanners + 1]
  headers["Content-Type"] = "application/json"
  return wrk.format("POST", nil, headers, string.format(
    '{"qr": "%s", "function_code": "FERRY_BOARDING", "scan_id": "%s-0000-4000-8000-%012x"}',
    qrs[n % #qrs + 1], run:sub(1, 8), n))
end

function init(args)
  for line in io.lines(args[1] .. "/partners") do
    local key, code = line:match("(%S+) (%S+)")
    partners[#partners + 1], codes[#codes + 1] = key, code
  end
  for line in io.lines(args[1] .. "/scanners") do scanners[#scanners + 1] = line end
  for line in io.lines(args[1] .. "/qrs") do qrs[#qrs + 1] = line end
  run, ask = args[2], calls[args[3]]
  math.randomseed(os.time())
  sent = math.random(#partners)  -- runs begin with different partners
end

function request()
  sent = sent + 1
  return ask(sent)
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "longest": %d, ' ..
    '"refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    latency.max, e.status, e.connect + e.read + e.write + e.timeout))
end

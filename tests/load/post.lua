-- Posts one body again and again, and prints one line of name=value words. Arguments: the body's file, the headers' file or "".
function init(args)
  local file = assert(io.open(args[1], "rb"))
  wrk.method = "POST"
  wrk.body = file:read("*a")
  file:close()
  wrk.headers["Content-Type"] = "application/json"
  if args[2] and args[2] ~= "" then
    for line in io.lines(args[2]) do
      local name, value = line:match("^([^:]+): *(.*)$")
      if name then wrk.headers[name] = value end
    end
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("result requests=%d seconds=%.6f p50_ms=%.4f p99_ms=%.4f max_ms=%.4f refused=%d broken=%d\n",
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end

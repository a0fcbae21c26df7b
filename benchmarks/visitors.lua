-- Requests of visitors, each with a Cookie field of its own: wrk -s visitors.lua URL -- FILE FIRST
-- FILE has one Cookie field a line; the first request is that of visitor number FIRST, and after the last one the
-- first comes again.

local requests = {}
local turn = 0

function init(args)
  wrk.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
  wrk.headers["Accept"] = "text/html,application/xhtml+xml"
  wrk.headers["Accept-Language"] = "nl,en;q=0.5"
  wrk.headers["Sec-Fetch-Site"] = "same-origin"
  for cookies in io.lines(args[1]) do
    wrk.headers["Cookie"] = cookies
    requests[#requests + 1] = wrk.format("GET")
  end
  turn = tonumber(args[2])
end

function request()
  turn = turn + 1
  return requests[(turn - 1) % #requests + 1]
end

function done(summary)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("measured: %d requests, %d microseconds, %d failed\n",
    summary.requests, summary.duration, failed))
end

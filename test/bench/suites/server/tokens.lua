-- Requests with the tokens of a file, in turn; the result as one line of JSON.
local requests, last = {}, 0

function init(args)
  for token in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format('GET', nil, { authorization = 'Bearer ' .. token })
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"calls":%d,"wallMs":%.3f,"failed":%d,"p50Micros":%d,"p99Micros":%d}',
    summary.requests, summary.duration / 1000,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end

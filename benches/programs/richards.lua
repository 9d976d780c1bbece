-- Objects and queues: an operating system's scheduler with idle, worker, handler and device tasks.
local rounds = tonumber((...)) or 25
local IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = 1, 2, 3, 4, 5, 6
local KIND_DEVICE, KIND_WORK = 0, 1

local Packet = {}
Packet.__index = Packet
local function packet(link, identity, kind)
  return setmetatable({link = link, identity = identity, kind = kind, datum = 0, data = {0, 0, 0, 0}}, Packet)
end
function Packet:append_to(queue)
  self.link = nil
  if not queue then return self end
  local last = queue
  while last.link do last = last.link end
  last.link = self
  return queue
end

local Task = {}
Task.__index = Task
local Scheduler = {}
Scheduler.__index = Scheduler

function Scheduler.new()
  return setmetatable({tasks = {}, list = nil, current = nil, queued = 0, held = 0}, Scheduler)
end
function Scheduler:add(identity, priority, queue, run, data)
  local task = setmetatable({link = self.list, identity = identity, priority = priority, queue = queue, run = run,
    data = data, pending = queue ~= nil, waiting = queue ~= nil, held = false, scheduler = self}, Task)
  self.tasks[identity], self.list = task, task
  return task
end
function Scheduler:schedule()
  local task = self.list
  while task do
    if task.held or (task.waiting and not task.pending) then
      task = task.link
    else
      self.current = task
      task = task:step()
    end
  end
end
function Scheduler:release(identity)
  local task = self.tasks[identity]
  task.held = false
  if task.priority > self.current.priority then return task end
  return self.current
end
function Scheduler:hold()
  self.held = self.held + 1
  self.current.held = true
  return self.current.link
end
function Scheduler:wait()
  self.current.waiting = true
  return self.current
end
function Scheduler:queue(item)
  local task = self.tasks[item.identity]
  self.queued = self.queued + 1
  item.identity = self.current.identity
  if not task.queue then
    task.queue = item
    item.link = nil
    task.pending = true
    if task.priority > self.current.priority then return task end
  else
    task.queue = item:append_to(task.queue)
  end
  return self.current
end
function Task:step()
  local item
  if self.waiting and self.pending then
    item = self.queue
    self.queue = item.link
    self.waiting = false
    self.pending = self.queue ~= nil
  end
  return self.run(self.scheduler, self.data, item)
end

local function idle(scheduler, data)
  data.count = data.count - 1
  if data.count == 0 then return scheduler:hold() end
  if data.seed % 2 == 0 then
    data.seed = math.floor(data.seed / 2)
    return scheduler:release(DEVICE_A)
  end
  data.seed = (math.floor(data.seed / 2) * 3 + 53256) % 65536
  return scheduler:release(DEVICE_B)
end
local function worker(scheduler, data, item)
  if not item then return scheduler:wait() end
  data.target = data.target == HANDLER_A and HANDLER_B or HANDLER_A
  item.identity = data.target
  item.datum = 1
  for i = 1, 4 do
    data.letter = data.letter % 26 + 1
    item.data[i] = data.letter
  end
  return scheduler:queue(item)
end
local function handler(scheduler, data, item)
  if item then
    if item.kind == KIND_WORK then data.work = item:append_to(data.work) else data.devices = item:append_to(data.devices) end
  end
  local work = data.work
  if work then
    if work.datum > 4 then
      data.work = work.link
      return scheduler:queue(work)
    elseif data.devices then
      local device = data.devices
      data.devices = device.link
      device.datum = work.data[work.datum]
      work.datum = work.datum + 1
      return scheduler:queue(device)
    end
  end
  return scheduler:wait()
end
local function device(scheduler, data, item)
  if item then
    data.item = item
    return scheduler:hold()
  end
  local kept = data.item
  if not kept then return scheduler:wait() end
  data.item = nil
  return scheduler:queue(kept)
end

local queued, held
for _ = 1, rounds do
  local scheduler = Scheduler.new()
  scheduler:add(IDLE, 0, nil, idle, {seed = 1, count = 10000})
  scheduler:add(WORKER, 1000, packet(packet(nil, WORKER, KIND_WORK), WORKER, KIND_WORK), worker, {target = HANDLER_A, letter = 0})
  local function three(identity) return packet(packet(packet(nil, identity, KIND_DEVICE), identity, KIND_DEVICE), identity, KIND_DEVICE) end
  scheduler:add(HANDLER_A, 2000, three(DEVICE_A), handler, {})
  scheduler:add(HANDLER_B, 3000, three(DEVICE_B), handler, {})
  scheduler:add(DEVICE_A, 4000, nil, device, {}).waiting = true
  scheduler:add(DEVICE_B, 5000, nil, device, {}).waiting = true
  scheduler:schedule()
  queued, held = scheduler.queued, scheduler.held
end
print(queued, held)

export { type FakeClock, fakeClock } from './fake-clock.js'
export type {
  DropStep,
  Ending,
  FaultStep,
  PlayStep,
  RawStep,
  ServerReplyStep,
  ServerTruncateStep,
} from './fault-step.js'
export { type FaultyRelay, faultyRelay } from './faulty-relay.js'
export { type FaultyRequest, type FaultyServer, faultyServer } from './faulty-server.js'
export type { Loopback } from './loopback.js'
export type { Script } from './script.js'
export { type ScriptedUpstream, scriptedUpstream, type UpstreamCall } from './scripted-upstream.js'
export type { FailStep, HangStep, ReplyStep, StepBody, TruncateStep, UpstreamStep } from './steps.js'
export type { Toxics } from './toxics.js'

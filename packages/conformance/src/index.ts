export { clauses } from './clauses.ts'
export { EPOCH } from './clock.ts'
export type { TrialClock } from './clock.ts'
export { everydayCalls, type Filling } from './everyday.ts'
export { Inconclusive, Violation } from './expect.ts'
export type { Fault } from './faults/fault.ts'
export { faults } from './faults/index.ts'
export { withFault } from './faults/target.ts'
export { aSnapshot, aWorkflow, outcomeOf } from './own-tests.ts'
export { notRefused } from './refusals.ts'
export { readReplay, writeReplay, type Replay } from './replay.ts'
export { DEFAULT_LEVELS, LEVELS, nameOfLevel } from './rule.ts'
export type { Feature, Level, Need, Rule, Store, Strength } from './rule.ts'
export { rules } from './rules/index.ts'
export { TargetError, runRule, runRules, type RunOptions } from './run.ts'
export type { Endpoint, Engine, Grade, OpenContext, StoredRecord, Target } from './target.ts'
export type { FoundAt, Trial } from './trial.ts'
export { judgeLevel } from './verdict.ts'
export type {
  LevelVerdict,
  Levels,
  ProviderReport,
  RuleResult,
  Together,
  Verdict,
} from './verdict.ts'
export { walkthrough, type Step } from './walkthrough.ts'

export type * from './backend.ts'
export type * from './claims.ts'
export * from './codec.ts'
export type * from './commands.ts'
export { defineProvider } from './define-provider.ts'
export type * from './error-log.ts'
export * from './errors.ts'
export type * from './events.ts'
export {
  MAX_ID_LENGTH,
  MAX_INSTANT,
  MAX_NAMESPACE_LENGTH,
  MAX_TTL,
  identifier,
  instant,
  namespace,
} from './fields.ts'
export * from './ids.ts'
export * from './json.ts'
export * from './options.ts'
export { comparePlaces, compareText } from './order.ts'
export { sliceOf } from './page.ts'
export type { Page, PageQuery, PageRequest, Place, Slice } from './page.ts'
export * from './provider.ts'
export type * from './snapshots.ts'
export type * from './state.ts'
export type * from './steps.ts'
export type * from './subscriptions.ts'
export type * from './workflows.ts'

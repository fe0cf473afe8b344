import type { PersistenceProvider, RepositoryName } from '@holdfast/spec'

/** A provider with all nine repositories. */
export type Store = PersistenceProvider & Required<Pick<PersistenceProvider, RepositoryName>>

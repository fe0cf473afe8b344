import { sharedEngine } from '@holdfast/testbed/vitest-setup'

export const { setup, teardown } = sharedEngine('mongo')

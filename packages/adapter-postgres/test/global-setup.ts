export { setup, teardown } from '@holdfast/testbed/vitest-setup'

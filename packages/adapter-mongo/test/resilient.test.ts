import { conformance } from '@holdfast/conformance/vitest'
import { target } from './target.ts'

conformance(target.name, target, { levels: ['resilient'] })

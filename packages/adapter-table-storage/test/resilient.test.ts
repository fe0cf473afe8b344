import { conformance } from '@holdfast/conformance/vitest'
import { hastyTarget } from './target.ts'

conformance(hastyTarget.name, hastyTarget, { levels: ['resilient'] })

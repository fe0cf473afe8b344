import type { PersistenceProvider, RepositoryName } from '@holdfast/spec'
import { rejects } from './expect.ts'
import { aClaim, aSnapshot, aSubscription, aWorkflow } from './fixtures.ts'
import type { Need, Rule } from './rule.ts'
import type { RuleResult } from './verdict.ts'

/** The first thing that a rule needs and a provider declares that it does not have. */
export function lacking(
  rule: Pick<Rule, 'needs' | 'features'>,
  provider: PersistenceProvider,
): RepositoryName | Need | undefined {
  const { capabilities } = provider
  return (
    rule.needs.find((name) => !capabilities.repositories.includes(name)) ??
    rule.features.find((feature) =>
      feature === 'serverClock' ? capabilities.clock !== 'server' : !capabilities[feature],
    )
  )
}

/** What is not declared is not there: the repository is absent, or the call throws `UNSUPPORTED`. */
export async function proveUnsupported(
  rule: Rule,
  missing: RepositoryName | Need,
  provider: PersistenceProvider,
): Promise<Pick<RuleResult, 'verdict' | 'reason'>> {
  if (missing === 'atomicSubscriptions' && provider.workflows) {
    const workflow = await provider.workflows.create(aWorkflow())
    const subscriptions = [aSubscription({ workflowId: workflow.id })]
    const call = provider.workflows.update(workflow, { subscriptions })
    await rejects(call, 'UNSUPPORTED', 'An update with subscriptions, which is not declared')
  } else if (missing === 'fencing' && provider.snapshots) {
    const snapshot = aSnapshot()
    const call = provider.snapshots.save(snapshot, { fence: aClaim(snapshot) })
    await rejects(call, 'UNSUPPORTED', 'A fenced save, which is not declared')
  } else if (missing === 'serverClock') {
    const reason = `The provider declares that its clock is ${provider.capabilities.clock}`
    return { verdict: 'unsupported', reason }
  } else if (missing in provider && provider[missing as RepositoryName] !== undefined) {
    return {
      verdict: 'fail',
      reason: `capabilities.repositories does not name ${missing}, but it is there`,
    }
  }
  return { verdict: 'unsupported', reason: `The provider declares that it has no ${missing}` }
}

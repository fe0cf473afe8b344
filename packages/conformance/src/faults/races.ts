import type { Fault } from './fault.ts'
import { raceCreateFaults } from './races-creates.ts'
import { raceDeliveryFaults } from './races-delivery.ts'
import { raceLeaseFaults } from './races-leases.ts'
import { raceLinearFaults } from './races-linear.ts'
import { raceVisibleFaults } from './races-visible.ts'
import { raceWinnerFaults } from './races-winners.ts'

/** Providers that are right for one client, and wrong for several. */
export const raceFaults: readonly Fault[] = [
  ...raceWinnerFaults,
  ...raceCreateFaults,
  ...raceLeaseFaults,
  ...raceDeliveryFaults,
  ...raceVisibleFaults,
  ...raceLinearFaults,
]

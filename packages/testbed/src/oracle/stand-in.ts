import type { Server, Skip } from '../ladder.ts'
import { startLocal } from '../postgres/local.ts'
import { standIn } from './server.ts'

const MAX_CONNECTIONS = 200

/** Starts the PostgreSQL that stands in for Oracle Database, for which no registry has a server. */
export async function startStandIn(): Promise<Server | Skip> {
  const server = await startLocal(MAX_CONNECTIONS)
  return 'skip' in server ? server : { ...server, ...standIn(server) }
}

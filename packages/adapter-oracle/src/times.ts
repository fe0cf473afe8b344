import { timesOf, toNumber, type Int, type Stored, type Times } from '@holdfast/spec/rows'

/** What a block says that updates one record, or none. */
export interface Saved extends Times {
  /** 1 or 0. */
  readonly saved: Int
  /** What is stored in its place when it is 0; null when nothing is. */
  readonly version: Int | null
  readonly by: string | null
}

/** After the update of one record, in a block with the variable `v_saved`. */
export function saySaved(table: string, key: string): string {
  return `v_saved := sql%rowcount;
        if v_saved = 0 then
          for s in (select version, updated_by from ${table} where ${key}) loop
            :o_version := s.version;
            :o_by := s.updated_by;
          end loop;
        end if;
        :o_saved := v_saved;`
}

/** The instants of a record that was written. */
export function writtenAt(times: Times | undefined): ReturnType<typeof timesOf> {
  if (times === undefined) throw new TypeError('A block that wrote a record did not say when')
  return timesOf(times)
}

/** Whether the block wrote the record. */
export function isSaved(out: Saved | undefined): boolean {
  return out !== undefined && toNumber(out.saved) === 1
}

/** What is stored in the place of a record that the block did not write. */
export function storedOf(out: Saved | undefined): Stored | undefined {
  if (out === undefined || out.version === null) return undefined
  return { version: out.version, updated_by: out.by ?? '' }
}

/** A history of several clients as it is drawn: plain data, made of texts that people read. */
export interface DrawnHistory {
  /** What happened, in a few words: `Two clients hold one lease`. */
  readonly title: string
  /** What is wrong, in a sentence. */
  readonly sentence: string
  /** The model that the history was checked against: `register`, `lease`. */
  readonly model: string
  /** What `start` and `end` count: `ms`, `lines`. */
  readonly unit: string
  readonly clients: readonly DrawnClient[]
  readonly operations: readonly DrawnOperation[]
  /** The state before everything. */
  readonly initial: string
  /** The longest order in which the operations can have taken effect, with the state after each. */
  readonly linearized: readonly DrawnStep[]
  /** The place in `operations` of the first one that cannot have given this result; absent when there is none. */
  readonly firstIllegal?: number
  /** How many operations the history had before it was shrunk. */
  readonly shrunkFrom?: number
}

/** Somebody who calls one operation at a time. */
export interface DrawnClient {
  readonly id: string
  /** The process of the operating system, or another group that the client belongs to; empty when there is none. */
  readonly process: string
}

export interface DrawnOperation {
  /** The place of its client in `clients`. */
  readonly client: number
  /** `claim` */
  readonly name: string
  /** `30000`, empty when there is none. */
  readonly argument: string
  /** `#7`; absent when nothing came back. */
  readonly result?: string
  readonly start: number
  /** `null`: nobody saw it return. */
  readonly end: number | null
  /** Applied and answered, certainly not applied, or nobody knows. */
  readonly outcome: 'ok' | 'fail' | 'unknown'
  /** The record that it works on; empty when the model has one only. */
  readonly key: string
}

export interface DrawnStep {
  /** The place in `operations`. */
  readonly operation: number
  /** The state after it. */
  readonly state: string
}

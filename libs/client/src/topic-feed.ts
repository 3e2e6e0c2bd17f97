import type { LiveEvent, ServerFrame, Topic } from '@order-flow/contracts'

type Frame<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>

/** The frames that tell of a topic. */
export type TopicFrame = Frame<'subscribed' | 'gap' | 'event'>

/**
 * How far a topic has been applied. `after` is undefined until the server said where the topic stands. `hole`: an
 * offset was skipped and the events before it have been asked for again, or the server has taken up that question.
 */
export interface TopicFeed {
  topic: Topic
  after: number | undefined
  hole: 'none' | 'asked' | 'answered'
}

/** The feed after a frame, and what to do about it. */
export interface Verdict {
  feed: TopicFeed
  apply?: LiveEvent
  /** Events may have been missed that will not come any more: read over HTTP. */
  reload?: true
  /** Subscribe again from `feed.after`. */
  resubscribe?: true
}

/** What a frame means for its topic. After a `gap`, what lies between is not kept any more. */
export function judge(feed: TopicFeed, frame: TopicFrame): Verdict {
  switch (frame.type) {
    case 'subscribed':
      return judgeSubscribed(feed, frame)
    case 'gap':
      return jumpTo(feed, frame.offset)
    case 'event':
      return judgeEvent(feed, frame)
  }
}

/** Takes over the topic's offset the first time, and when the server's count is behind ours: it began anew. */
function judgeSubscribed(feed: TopicFeed, { offset }: Frame<'subscribed'>): Verdict {
  if (feed.after === undefined || offset < feed.after) return jumpTo(feed, offset)
  return { feed: { ...feed, hole: feed.hole === 'asked' ? 'answered' : 'none' } }
}

/** An event is applied when it is the next one or the topic has no offsets, and dropped when it was applied before. */
function judgeEvent(feed: TopicFeed, { offset, event }: Frame<'event'>): Verdict {
  if (offset === undefined) return { feed, apply: event }
  if (feed.after === undefined || offset === feed.after + 1) return { feed: { ...feed, after: offset, hole: 'none' }, apply: event }
  if (offset <= feed.after || feed.hole === 'asked') return { feed }
  if (feed.hole === 'none') return { feed: { ...feed, hole: 'asked' }, resubscribe: true }
  // Asking again brought the same hole: going on without it beats asking for ever.
  return { ...jumpTo(feed, offset), apply: event }
}

function jumpTo(feed: TopicFeed, offset: number): Verdict {
  return { feed: { ...feed, after: offset, hole: 'none' }, reload: true }
}

import { describe, expect, it } from 'vitest'
import { answerOf, heardComment, heardEvent, heardHeaders, nothingHeard, refusalOf } from './heard'

const chunk = (content: string, more = {}): string =>
  JSON.stringify({ choices: [{ delta: { content }, finish_reason: null, ...more }] })

describe('what is heard of an answer', () => {
  it('tells the place in the queue, the reading, and who answers', () => {
    let heard = heardHeaders(nothingHeard(), new Headers())
    expect(heard.stage.name).toBe('waiting')
    heard = heardComment(heard, ' yuepi {"state":"queued","place":2}')
    expect(heard.stage).toEqual({ name: 'queued', place: 2 })
    heard = heardComment(heard, ' yuepi {"state":"reading"}')
    expect(heard.stage.name).toBe('reading')
    heard = heardComment(
      heard,
      ' yuepi {"state":"answering","model":"ocr","cache":"hit","tries":2}',
    )
    expect(heard).toMatchObject({ model: 'ocr', cache: 'hit', tries: 2 })
  })

  it('passes over comments that are none of ours', () => {
    const heard = nothingHeard()
    for (const odd of ['ping', ' yuepi {', ' yuepi {"state":"<b>"}', ' yuepi []', ''])
      expect(heardComment(heard, odd)).toBe(heard)
  })

  it('takes what the headers knew where nothing had to be waited for', () => {
    const headers = new Headers({ 'x-yuepi-route': 'main', 'x-yuepi-cache': 'hit' })
    expect(heardHeaders(nothingHeard(), headers)).toMatchObject({ model: 'main', cache: 'hit' })
  })

  it('puts pieces together and ends well only with [DONE]', () => {
    let heard = nothingHeard()
    for (const data of [chunk('价税'), chunk('合计'), chunk('', { finish_reason: 'stop' })])
      heard = heardEvent(heard, data)
    heard = heardEvent(heard, '{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}}')
    expect(answerOf(heard, 'ended', 1).trouble?.code).toBe('answer_cut_short')
    heard = heardEvent(heard, '[DONE]')
    expect(answerOf(heard, 'ended', 1)).toMatchObject({
      state: 'done',
      text: '价税合计',
      finish: 'stop',
      tokens: { prompt: 9, completion: 4 },
    })
  })

  it('keeps what came before a failure, and tells how long to wait', () => {
    let heard = heardEvent(nothingHeard(), chunk('half'))
    heard = heardComment(heard, ' yuepi {"state":"failed","status":429,"retry_after_s":7}')
    heard = heardEvent(heard, '{"error":{"message":"busy","code":"queue_full"}}')
    expect(answerOf(heard, 'ended', 2)).toMatchObject({
      state: 'broken',
      text: 'half',
      trouble: { status: 429, code: 'queue_full', waitSeconds: 7 },
    })
  })

  it('is stopped by a person, or by a cut line', () => {
    const heard = heardEvent(nothingHeard(), chunk('half'))
    expect(answerOf(heard, 'stopped', 1)).toMatchObject({ state: 'stopped', trouble: null })
    const offline = { status: 0, code: 'offline', message: '' }
    expect(answerOf(heard, offline, 1)).toMatchObject({
      state: 'broken',
      text: 'half',
      trouble: offline,
    })
  })

  it('does not break on events that make no sense', () => {
    const heard = nothingHeard()
    for (const odd of ['{', 'null', '[]', '{"choices":{}}', '{"choices":[null]}', '{"usage":3}'])
      expect(heardEvent(heard, odd).text).toBe('')
  })

  it('knows the refusals of models and of the desk', () => {
    const busy = { error: { message: 'm', code: 'rate_limit_exceeded' } }
    expect(refusalOf(429, busy, '61')).toMatchObject({
      code: 'rate_limit_exceeded',
      waitSeconds: 61,
    })
    expect(refusalOf(403, { code: 'missing_right', detail: 'd' }, null).code).toBe('missing_right')
    expect(refusalOf(502, '<html>', null).code).toBe('http_502')
  })
})

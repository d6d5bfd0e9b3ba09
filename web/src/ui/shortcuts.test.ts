// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { answers, keysFor, keysOf, shortcutFor, typing, type Shortcut } from './shortcuts'

const press = (key: string, more: KeyboardEventInit = {}): KeyboardEvent =>
  new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more })
const shortcut = (id: string, keys: string | string[], more: Partial<Shortcut> = {}): Shortcut => ({
  id,
  keys,
  label: id,
  run: () => undefined,
  ...more,
})

/** The event as it arrives from an element. */
function from(element: HTMLElement, event: KeyboardEvent): KeyboardEvent {
  document.body.append(element)
  element.dispatchEvent(event)
  return event
}

describe('keys', () => {
  it('are written the same whatever the keyboard', () => {
    expect(keysOf(press('?', { shiftKey: true }))).toBe('?')
    expect(keysOf(press('K', { ctrlKey: true }))).toBe('mod+k')
    expect(keysOf(press('k', { metaKey: true }))).toBe('mod+k')
    expect(keysOf(press('A', { shiftKey: true }))).toBe('shift+a')
    expect(keysOf(press('ArrowLeft', { altKey: true }))).toBe('alt+arrowleft')
    expect(keysOf(press(' '))).toBe('space')
    expect(keysOf(press('+', { shiftKey: true }))).toBe('plus')
    expect(keysOf(press('Shift', { shiftKey: true }))).toBe('')
  })

  it('that somebody chose stand for the first of the usual ones', () => {
    const search = shortcut('search', ['mod+k', '/'])
    expect(keysFor(search, {})).toEqual(['mod+k', '/'])
    expect(keysFor(search, { search: 'f' })).toEqual(['f', '/'])
  })

  it('belong to the page before the frame, and to whom they work for now', () => {
    const frame = shortcut('frame.a', 'a')
    const page = shortcut('page.a', 'a', { when: () => true })
    const asleep = shortcut('page.b', 'a', { when: () => false })
    expect(shortcutFor('a', [frame, page, asleep], {})?.id).toBe('page.a')
    expect(shortcutFor('a', [frame, page], { 'page.a': 'x' })?.id).toBe('frame.a')
  })
})

describe('silence', () => {
  const any = shortcut('any', 'a')

  it('while something is typed, unless they say otherwise', () => {
    const event = from(document.createElement('textarea'), press('a'))
    expect(answers(any, event)).toBe(false)
    const search = shortcut('search', ['mod+k', '/'], { whileTyping: true })
    const chord = press('k', { ctrlKey: true })
    expect(answers(search, from(document.createElement('textarea'), chord))).toBe(true)
    expect(answers(search, from(document.createElement('textarea'), press('/')))).toBe(false)
    const box = document.createElement('input')
    box.type = 'checkbox'
    expect(typing(box)).toBe(false)
    expect(answers(any, from(document.createElement('div'), press('a')))).toBe(true)
  })

  it('while Chinese is composed, even for those that work in fields', () => {
    const always = shortcut('always', 'mod+k', { whileTyping: true })
    expect(answers(always, press('a', { isComposing: true }))).toBe(false)
  })

  it('in dialogs, and while a key is held', () => {
    const dialog = document.createElement('div')
    dialog.setAttribute('aria-modal', 'true')
    const button = document.createElement('button')
    dialog.append(button)
    document.body.append(dialog)
    const event = press('a')
    button.dispatchEvent(event)
    expect(answers(any, event)).toBe(false)
    expect(answers(shortcut('own', 'a', { inDialog: true }), event)).toBe(true)
    expect(answers(any, press('a', { repeat: true }))).toBe(false)
    expect(answers(shortcut('j', 'j', { repeats: true }), press('j', { repeat: true }))).toBe(true)
  })
})

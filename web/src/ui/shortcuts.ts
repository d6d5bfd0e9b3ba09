/** Keys as text (`mod+k`, `shift+a`, `?`, `arrowleft`), and when they are not for us. Pure. */

const MODIFIERS = new Set([
  'control',
  'meta',
  'alt',
  'shift',
  'altgraph',
  'capslock',
  'process',
  'dead',
])
const NAMES: Record<string, string> = { ' ': 'space', esc: 'escape', '+': 'plus' }
const SHOWN: Record<string, string> = {
  arrowleft: '←',
  arrowright: '→',
  arrowup: '↑',
  arrowdown: '↓',
  escape: 'Esc',
  enter: 'Enter',
  space: 'Space',
  plus: '+',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  delete: 'Del',
  backspace: '⌫',
}
const UNTYPED = new Set([
  'button',
  'checkbox',
  'radio',
  'range',
  'reset',
  'submit',
  'image',
  'color',
])

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

/** The pressed keys as text; empty for a modifier alone. */
export function keysOf(event: Pressed): string {
  const raw = event.key.toLowerCase()
  if (MODIFIERS.has(raw) || raw === '') return ''
  const key = NAMES[raw] ?? raw
  // `?` needs shift on some keyboards and not on others: for a sign, shift is how it is typed.
  const sign = raw.length === 1 && raw === event.key.toUpperCase() && !/[\d ]/.test(raw)
  const parts = [
    event.ctrlKey || event.metaKey ? 'mod' : '',
    event.altKey ? 'alt' : '',
    event.shiftKey && !sign ? 'shift' : '',
    key,
  ]
  return parts.filter(Boolean).join('+')
}

/** Whether an input method is at work: its keys are its own. */
export const composing = (event: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean =>
  event.isComposing || event.keyCode === 229

/** Whether keys go into something that takes text. */
export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement) return !UNTYPED.has(target.type)
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true
  return target.isContentEditable || target.closest('[role="textbox"]') !== null
}

/** Whether it happens in a dialog, where the page's own keys are silent. */
export const inDialog = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('[aria-modal="true"], dialog[open]') !== null

/** Whether a menu is open there: Escape closes it, and does nothing else. */
const closesMenu = (event: KeyboardEvent): boolean =>
  event.key === 'Escape' &&
  event.target instanceof Element &&
  event.target.closest('[role="menu"], [aria-haspopup][aria-expanded="true"]') !== null

/** As a person reads it: `Ctrl K`, `⌘ K`. */
export function shownKeys(keys: string, apple: boolean): string[] {
  return keys.split('+').map((part) => {
    if (part === 'mod') return apple ? '⌘' : 'Ctrl'
    if (part === 'alt') return apple ? '⌥' : 'Alt'
    if (part === 'shift') return apple ? '⇧' : 'Shift'
    return SHOWN[part] ?? part.toUpperCase()
  })
}

export interface Shortcut {
  /** Stable and unique, e.g. `review.approve`: what a remapped key is kept under. */
  id: string
  /** What it does, in the language of the page. */
  label: string
  /** The usual keys; several: any of them (the first is the one that can be changed). */
  keys: string | readonly string[]
  run: (event: KeyboardEvent) => void
  /** Whether it works now; left out: always. */
  when?: () => boolean
  /** Also while the key is held down. */
  repeats?: boolean
  /** Also while text is typed: its keys with `mod` alone, the others are text. */
  whileTyping?: boolean
  /** For a dialog: also with the focus in it. */
  inDialog?: boolean
}

/** The keys a shortcut has: those that somebody chose in place of its first, else its own. */
export function keysFor(
  shortcut: Pick<Shortcut, 'id' | 'keys'>,
  chosen: Readonly<Record<string, string>>,
): string[] {
  const [first = '', ...others] =
    typeof shortcut.keys === 'string' ? [shortcut.keys] : shortcut.keys
  return [chosen[shortcut.id] ?? first, ...others]
}

/** The shortcut that these keys are for, among those that are listed; the last one wins. */
export function shortcutFor(
  keys: string,
  listed: readonly Shortcut[],
  chosen: Readonly<Record<string, string>>,
): Shortcut | undefined {
  return listed.findLast((each) => keysFor(each, chosen).includes(keys) && (each.when?.() ?? true))
}

/** Whether a shortcut may answer this event at all. */
export function answers(shortcut: Shortcut, event: KeyboardEvent): boolean {
  if (composing(event) || event.defaultPrevented || closesMenu(event)) return false
  if (event.repeat && !shortcut.repeats) return false
  const chord = event.ctrlKey || event.metaKey
  if (typing(event.target) && !(shortcut.whileTyping && chord)) return false
  return !inDialog(event.target) || Boolean(shortcut.inDialog)
}

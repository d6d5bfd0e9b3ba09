/** What is done to Markdown before and after it is rendered. Pure, but for the nodes given. */

const SAFE_ADDRESS = /^(https?:|mailto:)/i

/**
 * Chinese invoices write an item as `*类别*名称`: these stars are the item's, no emphasis. Also
 * what stands in code keeps its stars, because `\*` would be seen there.
 */
export function keepInvoiceStars(text: string): string {
  return text
    .split(/(```[\s\S]*?(?:```|$)|`[^`\n]*`)/)
    .map((part, at) =>
      at % 2 === 1
        ? part
        : part.replace(
            /(?<![*\\])\*(\p{Script=Han}{1,12})\*(?=[\p{Script=Han}\p{L}\p{N}(（])/gu,
            '\\*$1\\*',
          ),
    )
    .join('')
}

/** Links lead out in a tab of their own and tell nothing; others are no links. */
export function tameLinks(root: ParentNode): void {
  for (const link of root.querySelectorAll('a')) {
    if (!SAFE_ADDRESS.test(link.getAttribute('href') ?? '')) {
      link.removeAttribute('href')
      continue
    }
    link.setAttribute('target', '_blank')
    link.setAttribute('rel', 'noopener noreferrer nofollow ugc')
  }
}

/** Tables scroll by themselves, also by keyboard. */
export function wrapTables(root: ParentNode, label: string): void {
  for (const table of root.querySelectorAll('table')) {
    const frame = document.createElement('div')
    frame.className = 'md-table'
    frame.tabIndex = 0
    frame.setAttribute('role', 'region')
    frame.setAttribute('aria-label', label)
    table.replaceWith(frame)
    frame.append(table)
  }
}

/** Each block of code gets a button that copies it. */
export function wrapCode(root: ParentNode, copy: string, label: string): void {
  for (const block of root.querySelectorAll('pre')) {
    const frame = document.createElement('div')
    frame.className = 'md-code'
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'md-copy'
    button.textContent = copy
    block.tabIndex = 0
    block.setAttribute('role', 'region')
    block.setAttribute('aria-label', label)
    block.replaceWith(frame)
    frame.append(button, block)
  }
}

/** New children in place of old ones, leaving what is the same as it was (and selected). */
export function replaceFrom(root: Element, fresh: ParentNode): void {
  const old = [...root.childNodes]
  const next = [...fresh.childNodes]
  let same = 0
  while (same < next.length && old[same]?.isEqualNode(next[same] ?? null)) same += 1
  old.slice(same).forEach((node) => node.remove())
  root.append(...next.slice(same))
}

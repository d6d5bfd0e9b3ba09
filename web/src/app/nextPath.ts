/** Where to go after signing in: a path of this page alone, whatever the address says. */

const LENGTH_MAX = 512

/** The path if it is one of ours, else `/`. `//host`, `/\host` and schemes lead elsewhere. */
export function nextPath(wanted: unknown, origin: string = window.location.origin): string {
  if (typeof wanted !== 'string' || wanted.length > LENGTH_MAX) return '/'
  // Browsers drop tabs and line ends, and take `\` for `/`.
  if (!/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(wanted)) return '/'
  const url = new URL(wanted, origin)
  if (url.origin !== origin || url.pathname === '/sign-in') return '/'
  return url.pathname + url.search + url.hash
}

/** Which page is where, and who is let in. */
import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'
import { isMissingPart, useFaults } from './faults'
import { ROOMS } from './rooms'
import { useSession, type Permission } from './session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Open to whoever is not signed in. */
    open?: boolean
    /** One of these rights is needed. */
    needs?: readonly Permission[]
    /** Key of the page's title in the app's words. */
    title?: string
    /** Without the frame around it. */
    bare?: boolean
    /** The page puts the focus itself. */
    ownFocus?: boolean
  }
}

export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
  routes: [
    {
      path: '/',
      name: 'home',
      component: () => import('./pages/HomePage.vue'),
      meta: { title: 'home.title' },
    },
    {
      path: '/sign-in',
      name: 'sign-in',
      component: () => import('./pages/SignInPage.vue'),
      meta: { open: true, bare: true, title: 'signIn.title' },
    },
    {
      path: '/account',
      name: 'account',
      component: () => import('./pages/AccountPage.vue'),
      meta: { title: 'account.title' },
    },
    ...ROOMS.flatMap((room) =>
      room.routes.map((route) => ({
        ...route,
        meta: { needs: room.needs, title: `rooms.${room.name}`, ...route.meta },
      })),
    ),
    // Where notices about these lead.
    { path: '/stages', redirect: '/dashboard/stages' },
    { path: '/webhooks', redirect: '/people/webhooks' },
    {
      path: '/:rest(.*)*',
      name: 'nowhere',
      component: () => import('./pages/NowherePage.vue'),
      meta: { open: true, title: 'nowhere.title' },
    },
  ],
})

router.beforeEach(async (to: RouteLocationNormalized) => {
  const session = useSession()
  const faults = useFaults()
  if (session.me === null) {
    try {
      await session.resume()
      faults.start = null
    } catch (error) {
      // Nobody answers: say so, and try this address again when asked to.
      faults.start = error
      return to.meta.open === true
    }
  }
  if (to.meta.open) return true
  if (session.me === null) return { name: 'sign-in', query: { next: to.fullPath } }
  const needs = to.meta.needs ?? []
  if (needs.length > 0 && !needs.some(session.may)) return { name: 'home' }
  return true
})

router.onError((error: unknown) => {
  if (isMissingPart(error)) useFaults().missing = error
  else reportError(error)
})

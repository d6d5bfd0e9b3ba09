/** Which page is where, and who is let in. */
import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'
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
  }
}

export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', name: 'home', component: () => import('./pages/HomePage.vue') },
    {
      path: '/sign-in',
      name: 'sign-in',
      component: () => import('./pages/SignInPage.vue'),
      meta: { open: true, title: 'signIn' },
    },
    ...ROOMS.flatMap((room) =>
      room.routes.map((route) => ({
        ...route,
        meta: { needs: room.needs, title: `rooms.${room.name}`, ...route.meta },
      })),
    ),
    {
      path: '/:rest(.*)*',
      name: 'nowhere',
      component: () => import('./pages/NowherePage.vue'),
      meta: { open: true, title: 'nowhere' },
    },
  ],
})

router.beforeEach(async (to: RouteLocationNormalized) => {
  const session = useSession()
  if (session.me === null) await session.resume()
  if (to.meta.open) return true
  if (session.me === null) return { name: 'sign-in', query: { next: to.fullPath } }
  const needs = to.meta.needs ?? []
  if (needs.length > 0 && !needs.some(session.may)) return { name: 'home' }
  return true
})

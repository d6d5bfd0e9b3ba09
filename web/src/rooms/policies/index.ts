import { SetUp } from '@element-plus/icons-vue'
import type { Room } from '@/app/rooms'

export const policies: Room = {
  name: 'policies',
  path: '/policies',
  icon: SetUp,
  needs: ['policies:read'],
  routes: [
    { path: '/policies', name: 'policies', component: () => import('./pages/PoliciesPage.vue') },
    {
      path: '/policies/:version',
      name: 'policy',
      component: () => import('./pages/PolicyPage.vue'),
    },
    {
      path: '/policies/:version/edit',
      name: 'policy-edit',
      component: () => import('./pages/EditPage.vue'),
      meta: { needs: ['policies:write'] },
    },
  ],
}

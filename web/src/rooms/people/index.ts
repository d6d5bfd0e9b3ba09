import { User } from '@element-plus/icons-vue'
import type { Room } from '@/app/rooms'

export const people: Room = {
  name: 'people',
  path: '/people',
  icon: User,
  needs: ['people:manage'],
  routes: [
    {
      path: '/people/:tab(departments|keys|webhooks)?',
      name: 'people',
      component: () => import('./pages/PeoplePage.vue'),
    },
  ],
}

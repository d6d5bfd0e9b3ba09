import { Collection } from '@element-plus/icons-vue'
import type { Room } from '@/app/rooms'

export const documents: Room = {
  name: 'documents',
  path: '/documents',
  icon: Collection,
  needs: ['library:read'],
  routes: [
    { path: '/documents', name: 'documents', component: () => import('./pages/DocumentsPage.vue') },
    {
      path: '/documents/search',
      name: 'documents-search',
      component: () => import('./pages/SearchPage.vue'),
    },
    {
      path: '/documents/saved',
      name: 'documents-saved',
      component: () => import('./pages/SavedPage.vue'),
    },
    {
      path: '/documents/trash',
      name: 'documents-trash',
      component: () => import('./pages/TrashPage.vue'),
    },
    {
      path: '/documents/ask',
      name: 'documents-ask',
      component: () => import('./pages/AskPage.vue'),
    },
    {
      path: '/documents/:id',
      name: 'document',
      component: () => import('./pages/DocumentPage.vue'),
    },
  ],
}

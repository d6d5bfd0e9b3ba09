/** The rooms of the page, in the order of the navigation. */
import type { Component } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import type { Permission } from './session'
import { ask } from '@/rooms/ask'
import { audit } from '@/rooms/audit'
import { claims } from '@/rooms/claims'
import { dashboard } from '@/rooms/dashboard'
import { documents } from '@/rooms/documents'
import { people } from '@/rooms/people'
import { policies } from '@/rooms/policies'
import { review } from '@/rooms/review'

/**
 * A room: `name` is its key in `words.rooms`, `path` where it starts. `needs`: it is there for
 * whoever has one of these rights. Its pages are loaded when they are first opened.
 */
export interface Room {
  name: string
  path: string
  icon: Component
  needs: readonly Permission[]
  routes: RouteRecordRaw[]
}

export const ROOMS: readonly Room[] = [
  claims,
  review,
  documents,
  ask,
  dashboard,
  policies,
  audit,
  people,
]

/** A registry seen from outside. */
export { initFolderRegistry, openFolderRegistry } from './folder/registry.ts'
export { type PublishOptions, type Published, type Registry, tarballAddress } from './registry.ts'
export { type Member, type Several, openSeveral } from './several.ts'

/** A registry server. */
export { SERVER_SETTINGS, type ServerConfig, type ServerSetting, readServerConfig } from './config.ts'
export { type BackedUp, backupData } from './data/backup.ts'
export { type Restored, restoreData } from './data/restore.ts'
export { type DataProblem, type VerifiedData, verifyData } from './data/verify.ts'
export { type RunningServer, type ServerOptions, startServer } from './main.ts'

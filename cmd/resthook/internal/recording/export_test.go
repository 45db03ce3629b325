package recording

import "os"

// FileToWrite is the part of a file that a recorder uses.
type FileToWrite = recordingFile

// Through replaces the recorder's file with one that before returns.
func (r *Recorder) Through(before func(*os.File) FileToWrite) { r.w = wholeLines{before(r.file)} }

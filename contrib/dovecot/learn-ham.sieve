# Run "sievec" on this file after every change.
require ["copy", "environment", "imapsieve", "vnd.dovecot.pipe"];

# Deleted spam stays spam.
if environment :matches "imap.mailbox" ["Trash", "Trash/*", "Deleted Messages", "Deleted Items"] {
  stop;
}
pipe :copy "spam-learn" ["--ham", "--control", "unix:/run/asterism-learn.sock"];

# Run "sievec" on this file after every change.
require ["copy", "imapsieve", "vnd.dovecot.pipe"];

pipe :copy "spam-learn" ["--spam", "--control", "unix:/run/asterism-learn.sock"];

"""What tests steer: people with telephones, the console of Zalo, and the calls below `/_sim/`."""

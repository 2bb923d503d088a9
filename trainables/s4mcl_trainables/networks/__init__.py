"""The mask generator, the class discriminator and their parts."""

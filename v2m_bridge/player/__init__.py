"""The player: a process that sends programmes to MIDI and OSC at the right time, and leaves no note hanging.

``transport`` says where on the edit each moment lies, ``scheduler`` plans what is due, ``sinks`` send it, and
``sounding`` remembers in shared memory which notes sound, for the spare that takes over.
"""
